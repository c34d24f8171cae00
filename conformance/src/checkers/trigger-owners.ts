import type { Owner } from "../owners.ts";
import {
  checkBranchTable,
  checkChatmailTrigger,
  checkRelayDispatch,
  checkRelayKind,
  checkRelayRef,
} from "./chatmail-trigger.ts";
import { checkOpencrateDeps, checkOpencrateStrategy, checkOpencrateTrigger } from "./opencrate-trigger.ts";
import { checkQuiltTrigger } from "./quilt-trigger.ts";

const opencrate = /(^|\/)opencrate[^/]*\.json$/;
const chatmail = /(^|\/)chatmail_docker[^/]*\.json$/;
const quilt = /(^|\/)quilt_benchling[^/]*\.json$/;

/** The checkers of trigger tables, refs and dispatches. */
export const triggerOwners: readonly Owner[] = [
  { file: opencrate, family: "trigger", check: checkOpencrateTrigger },
  { file: opencrate, family: "strategy", check: checkOpencrateStrategy },
  { file: opencrate, family: "deps", check: checkOpencrateDeps },
  { file: chatmail, family: "trigger", check: checkChatmailTrigger },
  { file: chatmail, family: "relay-ref", check: checkRelayRef },
  { file: chatmail, family: "dispatch", check: checkRelayDispatch },
  { file: chatmail, family: "ref", check: checkRelayKind },
  { file: chatmail, family: "branch-table", check: checkBranchTable },
  { file: quilt, family: "trigger", check: checkQuiltTrigger },
];
