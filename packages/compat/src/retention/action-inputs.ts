import { z } from "zod";

/** `true` and `false` as an action reads them: the words of YAML 1.2, in text or not. */
export const Flag = z
  .union([z.boolean(), z.enum(["true", "True", "TRUE", "false", "False", "FALSE"])], "true or false")
  .transform((flag) => String(flag).toLowerCase() === "true");

/** A whole number from 0 on, in text or not. */
export const WholeNumber = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\s*\d+\s*$/)
        .transform(Number),
    ],
    "a whole number, 0 or more",
  )
  .pipe(z.int("a whole number").min(0, "a whole number, 0 or more"));

/** One text in several lines, or the lines: without empty ones and the space around them. */
export const Lines = z
  .union([z.string().transform((text) => text.split("\n")), z.array(z.string())], "a text, one in a line")
  .transform((lines) => lines.map((line) => line.trim()).filter((line) => line !== ""));

/** An input on which the clean-up does not depend, such as a token: it is not read, and so never shown. */
export const Anything = z.unknown();

/** The inputs without those that are empty: to an action both are the same. */
export function withoutEmpty(inputs: unknown): unknown {
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs)) return inputs;
  return Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => value !== "" && value !== null && value !== undefined),
  );
}
