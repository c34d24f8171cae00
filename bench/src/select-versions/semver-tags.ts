const minors = 100;
const patches = 50;
const perRelease = 2;

/**
 * So many different semantic versions in an order that is none, the same in every run. Every other one is a release
 * candidate of a version that is there too.
 */
export function semverTags(count: number): readonly string[] {
  const tags = Array.from({ length: count }, (_, index) => tagOf(index));
  // A generator of our own, so that two runs sort the same list.
  let state = 1;
  for (let index = tags.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (index + 1);
    const [kept, moved] = [tags[index] ?? "", tags[other] ?? ""];
    tags[index] = moved;
    tags[other] = kept;
  }
  return tags;
}

function tagOf(index: number): string {
  const release = Math.floor(index / perRelease);
  const [patch, rest] = [release % patches, Math.floor(release / patches)];
  const version = `${Math.floor(rest / minors)}.${rest % minors}.${patch}`;
  return index % perRelease === 0 ? version : `${version}-rc.${index % 12}`;
}
