import type { Owner } from "../owners.ts";
import {
  checkMetadataAction,
  checkMetadataContext,
  checkMetadataEndToEnd,
  checkMetadataFlavor,
  checkMetadataImages,
  checkMetadataInputs,
  checkMetadataList,
  checkMetadataTag,
  checkMetadataTags,
  checkRawStatement,
} from "./metadata-action.ts";

const file = /(^|\/)metadata-action[^/]*\.json$/;
const whole = ["meta", "json", "bakeFile", "bakeFileTagsLabels", "sepTags", "globalExpressionError", "error"];

/** Checkers of docker/metadata-action's cases, by `kind` only: ids of this file have parts that are names of kinds. */
export const metadataActionOwners: readonly Owner[] = checkers().map((owner) => ({
  ...owner,
  applies: (row) => row.row["kind"] === owner.family,
}));

function checkers(): readonly Owner[] {
  return [
    ...whole.map((family) => ({ file, family, check: checkMetadataAction })),
    { file, family: "getInputs", check: checkMetadataInputs },
    { file, family: "getContext", check: checkMetadataContext },
    { file, family: "flavor", check: checkMetadataFlavor },
    { file, family: "image", check: checkMetadataImages },
    { file, family: "tagParse", check: checkMetadataTag },
    { file, family: "tagTransform", check: checkMetadataTags },
    { file, family: "isRawStatement", check: checkRawStatement },
    { file, family: "listParse", check: checkMetadataList },
    { file, family: "endToEnd", check: checkMetadataEndToEnd },
  ];
}
