const units: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
};

const ones = [
  ...["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
  ...["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
];
const tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const added = new Map([
  ...ones.map((word, index): [string, number] => [word, index]),
  ...tens.map((word, index): [string, number] => [word, 10 * (index + 2)]),
]);
/**
 * Milliseconds of a text such as `7 days`, `1 week and 2 days`, `twenty days` or `year` (one), as the package
 * human-interval reads them: a month has 30 days, a year 365. Before a unit, words that are no numbers count nothing: `a
 * day` and `several days` are 0. `undefined` for what names no unit.
 *
 * @see https://github.com/agenda/human-interval
 */
export function humanIntervalMs(text: string): number | undefined {
  let rest = text.replace(/([^a-z\d.-]|and)+/g, " ");
  let total: number | undefined;
  for (;;) {
    const found = /(second|minute|hour|day|week|month|year)s?/.exec(rest);
    if (found === null) return total;
    total = (total ?? 0) + countOf(rest.slice(0, found.index).trim()) * (units[found[1] ?? ""] ?? 0);
    rest = rest.slice(found.index + found[0].length);
  }
}

function countOf(text: string): number {
  if (text === "") return 1;
  const number = Number.parseFloat(text);
  return Number.isNaN(number) ? countOfWords(text.split(/[\s-]+/)) : number;
}

function countOfWords(words: readonly string[]): number {
  let total = 0;
  let group = 0;
  for (const word of words) {
    // There is no thousand: "and" is taken out of every text first.
    if (word === "hundred") group = Math.max(group, 1) * 100;
    else if (word === "million") {
      total += Math.max(group, 1) * 1e6;
      group = 0;
    } else group += added.get(word) ?? 0;
  }
  return total + group;
}
