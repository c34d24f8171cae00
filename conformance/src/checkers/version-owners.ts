import type { Owner } from "../owners.ts";
import {
  checkIsHighest,
  checkIsHighestInLine,
  checkParseVersionFile,
  checkParseVersionList,
  checkPick,
  checkPickTop,
} from "./version-desired.ts";
import {
  checkOpencrateLatest,
  checkOpencrateVersion,
  checkQuiltGitVersion,
  checkQuiltPrerelease,
} from "./version-pipelines.ts";
import { checkTagsFor } from "./version-tags.ts";

const desired = /(^|\/)version-desired[^/]*\.json$/;
const opencrate = /(^|\/)opencrate[^/]*\.json$/;
const quilt = /(^|\/)quilt_benchling[^/]*\.json$/;

/** The checkers of versions: which is picked, which is the highest, what files and Git tags declare. */
export const versionOwners: readonly Owner[] = [
  { file: desired, family: "pick", check: checkPick, sets: ["candidates"] },
  { file: desired, family: "pickTop", check: checkPickTop, sets: ["candidates"] },
  { file: desired, family: "isHighest", check: checkIsHighest },
  { file: desired, family: "isHighestInLine", check: checkIsHighestInLine },
  { file: desired, family: "tagsFor", check: checkTagsFor },
  { file: desired, family: "parseVersionFile", check: checkParseVersionFile },
  { file: desired, family: "parseVersionList", check: checkParseVersionList },
  { file: opencrate, family: "version", check: checkOpencrateVersion },
  { file: opencrate, family: "latest", check: checkOpencrateLatest },
  { file: quilt, family: "prerelease", check: checkQuiltPrerelease },
  { file: quilt, family: "git-version", check: checkQuiltGitVersion },
];
