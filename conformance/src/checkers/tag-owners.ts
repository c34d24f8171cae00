import type { Owner } from "../owners.ts";
import { checkChatmailTags } from "./chatmail-tags.ts";
import { checkDbxLeg, checkDbxPush } from "./dbx-tags.ts";
import { checkOpencrateNaming, checkOpencrateNoPartial } from "./opencrate-tags.ts";
import { checkQuiltOutputs, checkQuiltSpec, checkQuiltTags } from "./quilt-tags.ts";

const chatmail = /(^|\/)chatmail_docker[^/]*\.json$/;
const dbx = /(^|\/)dbx_container[^/]*\.json$/;
const opencrate = /(^|\/)opencrate[^/]*\.json$/;
const quilt = /(^|\/)quilt_benchling[^/]*\.json$/;

/** The checkers of tags and names. */
export const tagOwners: readonly Owner[] = [
  { file: chatmail, family: "tags", check: checkChatmailTags },
  { file: dbx, family: "leg", check: checkDbxLeg },
  { file: dbx, family: "push", check: checkDbxPush },
  { file: opencrate, family: "naming", check: checkOpencrateNaming },
  { file: opencrate, family: "no-partial", check: checkOpencrateNoPartial },
  { file: quilt, family: "tags-cli", check: checkQuiltTags },
  { file: quilt, family: "generate-tags", check: checkQuiltTags },
  { file: quilt, family: "outputs", check: checkQuiltOutputs },
  { file: quilt, family: "spec", check: checkQuiltSpec },
];
