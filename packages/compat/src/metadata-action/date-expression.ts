import moment from "moment-timezone";
import type { TemplateFunction } from "./template/template-scope.ts";

/**
 * The `date` and `commit_date` expressions: `{{date 'YYYYMMDD' tz='Asia/Tokyo'}}`, with the formats of moment. UTC
 * without `tz`, and for a zone that nobody knows.
 */
export function createDateExpression(instant: string): TemplateFunction {
  return (format, options) => {
    // Without a format the only parameter is the one with the named values; the words are what JavaScript says then.
    if (options === undefined || options === null) {
      throw new TypeError(`Cannot read properties of ${String(options)} (reading 'hash')`);
    }
    const { hash } = options as { readonly hash?: Readonly<Record<string, unknown>> };
    if (hash === undefined) throw new TypeError("Cannot convert undefined or null to object");
    const unknown = Object.keys(hash).find((key) => key !== "tz");
    if (unknown !== undefined) throw new Error(`Unknown ${unknown} attribute`);
    return inZone(instant, Object.hasOwn(hash, "tz") ? hash["tz"] : "UTC").format(format as string);
  };
}

function inZone(instant: string, zone: unknown): moment.Moment {
  if (!zone) throw new TypeError("Cannot read properties of undefined (reading 'format')");
  if (typeof zone !== "string") {
    throw new Error(`Time zone name must be a string, got ${String(zone)} [${typeof zone}]`);
  }
  // moment prints to the console for a zone that it does not know.
  return moment.tz.zone(zone) === null ? moment.utc(instant) : moment(instant).tz(zone);
}
