/** Reads an environment file as the runner of GitHub Actions does, line by line. */
export function readAsRunner(text: string, lineEnd: RegExp = /\n/): readonly (readonly [string, string])[] {
  const lines = text.split(lineEnd);
  const found: [string, string][] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      found.push([line.slice(0, equals), line.slice(equals + 1)]);
      continue;
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`);
    const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
    const value: string[] = [];
    for (at += 1; lines[at] !== delimiter; at++) {
      if (at >= lines.length) throw new Error(`Matching delimiter not found '${delimiter}'`);
      value.push(lines[at] ?? "");
    }
    found.push([name, value.join("\n")]);
  }
  return found;
}

/** A command as the runner finds it in what a step prints. */
export interface FoundCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** The commands that the runner executes in printed text; while they are stopped, none. */
export function commandsAsRunner(text: string): readonly FoundCommand[] {
  const found: FoundCommand[] = [];
  let stopped: string | undefined;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.trimStart();
    if (stopped !== undefined) {
      if (line === `::${stopped}::`) stopped = undefined;
      continue;
    }
    const [, name, rest = "", message = ""] =
      /^::([^\s:]+)(?: ([^:]*(?:%3A[^:]*)*))?::(.*)$/s.exec(line) ?? /^##\[([^\s\]]+)()\](.*)$/s.exec(line) ?? [];
    if (name === undefined) continue;
    if (name === "stop-commands") {
      stopped = message;
      continue;
    }
    const properties = rest.split(",").flatMap((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0 ? [] : [[pair.slice(0, equals), unescaped(pair.slice(equals + 1))]];
    });
    found.push({ name, properties: Object.fromEntries(properties), message: unescaped(message) });
  }
  return found;
}

function unescaped(text: string): string {
  const names: Readonly<Record<string, string>> = { "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%" };
  return text.replace(/%(?:0D|0A|3A|2C|25)/g, (code) => names[code] ?? code);
}
