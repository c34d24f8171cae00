import type { Owner } from "../owners.ts";
import { checkChatmailRetention } from "./chatmail-retention.ts";
import { checkNeutralRetention } from "./neutral-retention.ts";

const sets = ["expectedDeleted", "expectedKept", "expectedUntagged", "plannedDelete"];

/** The checkers of retention whose policies are in neutral words. */
export const retentionOwners: readonly Owner[] = [
  { file: /(^|\/)retention\/(chatmail|incidents)[^/]*\.json$/, family: "*", check: checkNeutralRetention, sets },
  {
    file: /(^|\/)chatmail_docker[^/]*\.json$/,
    family: "retention",
    check: checkChatmailRetention,
    sets: ["deleted_ids", "release_tags_deleted"],
  },
];
