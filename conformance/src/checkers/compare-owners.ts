import type { Owner } from "../owners.ts";
import { checkOpencrateDigest } from "./opencrate-digest.ts";
import { checkQuiltArch, checkQuiltLatest } from "./quilt-images.ts";

const opencrate = /(^|\/)opencrate[^/]*\.json$/;
const quilt = /(^|\/)quilt_benchling[^/]*\.json$/;

/** What is said of images: are they the same, and what are they built for. */
export const compareOwners: readonly Owner[] = [
  { file: opencrate, family: "digest", check: checkOpencrateDigest },
  { file: quilt, family: "arch", check: checkQuiltArch },
  { file: quilt, family: "latest", check: checkQuiltLatest },
];
