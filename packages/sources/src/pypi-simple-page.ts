import { BayplanError } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { versionOfFile } from "./pypi-file-version.ts";
import { parseAnswer, readJson } from "./read-json.ts";
import { PyPiSimple } from "./schema.ts";

/** A file of a release. */
export interface PyPiFile {
  readonly yanked: boolean;
  readonly uploadedAt?: string;
}

/** Files by the version they belong to. */
export type PyPiFiles = ReadonlyMap<string, readonly PyPiFile[]>;

/** What is asked for: JSON where the index has it. */
export const simpleAccept =
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/**
 * The files of a project on the simple index, as JSON or HTML. Files whose name does not say a version are left out.
 *
 * @throws BayplanError `RESPONSE_INVALID` for what is neither, or of another major version of the API.
 * @see https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
export function readSimplePage(
  response: HttpResponse,
  { doing, project }: { doing: string; project: string },
): PyPiFiles {
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const files = /json$/.test(type) ? fromJson(response, doing) : fromHtml(response, { type, doing });
  const byVersion = new Map<string, PyPiFile[]>();
  for (const { name, ...file } of files) {
    const version = versionOfFile(name, project);
    if (version !== undefined) byVersion.set(version, [...(byVersion.get(version) ?? []), file]);
  }
  return byVersion;
}

type NamedFile = PyPiFile & { readonly name: string };

function fromJson(response: HttpResponse, doing: string): readonly NamedFile[] {
  const { files } = parseAnswer(PyPiSimple, readJson(response, doing), { doing });
  return files.map(({ filename, yanked, "upload-time": time }) => ({
    name: filename,
    yanked: isYanked(yanked),
    ...(typeof time === "string" ? { uploadedAt: time } : {}),
  }));
}

function fromHtml(response: HttpResponse, { type, doing }: { type: string; doing: string }): readonly NamedFile[] {
  const text = new TextDecoder().decode(response.body);
  const version = /<meta\s[^>]{0,200}pypi:repository-version[^>]{0,200}>/i.exec(text)?.[0];
  const isOther = version !== undefined && !/content\s*=\s*["']?1\./i.test(version);
  // The page is complete only with its end: a connection that was cut must not pass for a short list.
  const isWhole = /<\/(?:html|body)>(?:\s|<!--[^<>]{0,200}-->)*$/i.test(text);
  const isPage = /^(?:text\/html|application\/vnd\.pypi\.simple\.v1\+html)$/.test(type) && isWhole;
  const anchors = [...text.matchAll(/<a\s([^<>]*)>([^<]*)<\/a>/gi)];
  // A page without files is rather one to log in than a project without any.
  if (!isPage || isOther || anchors.length === 0) {
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${doing} failed: the answer is no simple index. Check baseUrl and any proxy.`,
    );
  }
  return anchors.map(([, attributes = "", name = ""]) => ({
    name: name.trim(),
    yanked: /(?:^|\s)data-yanked(?:\s|=|$)/i.test(attributes),
  }));
}

/** The mark of a file, which may be the reason; an empty reason is one, too. */
export function isYanked(mark: string | boolean | null | undefined): boolean {
  return typeof mark === "string" || mark === true;
}
