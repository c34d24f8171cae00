import { randomUUID } from "node:crypto";
import { BayplanError } from "@bayplan/core";

/** Where an annotation points and what it says. */
export interface Annotation {
  readonly level: "notice" | "warning" | "error";
  readonly message: string;
  readonly title?: string;
  /** Relative to the root of the Git repository. */
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly col?: number;
  readonly endColumn?: number;
}

// An annotation's message holds 64 KB.
const maxMessage = 60_000;
const maxTitle = 250;

/** The workflow command that shows an annotation, with its line end. No text in it can end it early. */
export function formatAnnotation(annotation: Annotation): string {
  const { level, message, title, file, line, endLine, col, endColumn } = annotation;
  const properties = Object.entries({ title: title?.slice(0, maxTitle), file, line, endLine, col, endColumn }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`]),
  );
  const shown = message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message;
  return `::${level}${properties.length === 0 ? "" : ` ${properties.join(",")}`}::${escapeData(shown)}\n`;
}

/**
 * The workflow commands that hide a secret in the log from here on, one for each of its lines. Print them before
 * anything else. Masked values are not passed on as outputs of a job.
 *
 * @throws BayplanError `INVALID_INPUT` for a secret without a line of four characters: hiding less would make the log
 * unreadable and give it away.
 */
export function formatMask(secret: string): string {
  // Lines such as the braces of a JSON secret would be hidden wherever they stand.
  const lines = secret.split(/\r\n|\r|\n/).filter((line) => line.trim().length >= 4);
  if (lines.length === 0) {
    throw new BayplanError(
      "INVALID_INPUT",
      "This is too short to be hidden in a log: a secret has at least 4 characters.",
    );
  }
  return [...new Set([secret, ...lines])].map((line) => `::add-mask::${escapeData(line)}\n`).join("");
}

/** Text from elsewhere, for the log: no line of it is taken for a command. */
export function formatUntrusted(text: string): string {
  let token = randomUUID();
  while (text.includes(token)) token = randomUUID();
  return `::stop-commands::${token}\n${text}\n::${token}::\n`;
}

/** A part of the log that folds; the content is treated as in {@link formatUntrusted}. */
export function formatGroup(title: string, content: string): string {
  return `::group::${escapeData(title)}\n${formatUntrusted(content)}::endgroup::\n`;
}

// https://github.com/actions/toolkit/blob/main/docs/commands.md
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
