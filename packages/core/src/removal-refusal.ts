/** Why a tag or a manifest was not removed after all. Nothing was changed then: what is there stays. */
export type RemovalRefusal =
  | "tagged-since-plan"
  | "tag-moved-since-plan"
  | "referenced-since-plan"
  | "changed-since-plan"
  | "last-tagged-version"
  | "too-many-downloads"
  | "untag-would-delete"
  | "untag-unsupported"
  | "delete-unsupported"
  | "registry-refused"
  | "parent-kept"
  | "dummy-version-not-visible"
  | "rate-limited";
