import { isBayplanError, type Problem } from "../errors.ts";
import { formatRepository, parseRepository, type RepositoryName } from "../oci/reference.ts";
import type { ImageDefinition } from "./family.ts";
import { show } from "./problems.ts";

/**
 * The repository that a template names for an image; `undefined`, and the reason in `problems`, where it names none. One
 * template is wrong in the same way for every image: that is said once.
 */
export function expandRepository(
  template: string,
  image: string,
  { path, problems }: { readonly path: string; readonly problems: Problem[] },
): RepositoryName | undefined {
  try {
    return parseRepository(template.replaceAll("{image}", image));
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    const expected = `a repository such as ghcr.io/owner/{image}. ${error.message}`;
    if (!problems.some((problem) => problem.path === path)) problems.push({ path, found: show(template), expected });
    return undefined;
  }
}

/** The further repositories of an image, in the order of the document. */
export function expandCopies(
  templates: readonly string[],
  image: string,
  { path, problems }: { readonly path: string; readonly problems: Problem[] },
): readonly RepositoryName[] {
  return templates.flatMap(
    (template, index) => expandRepository(template, image, { path: `${path}[${index}]`, problems }) ?? [],
  );
}

/** Repositories that two images are published in, or one image twice: their tags would be each other's. */
export function sharedRepositoryProblems(images: readonly ImageDefinition[]): readonly Problem[] {
  const owners = new Map<string, string>();
  return images.flatMap(({ name, repository, copies = [] }) =>
    [repository, ...copies].flatMap((place): readonly Problem[] => {
      if (place.registry === "") return [];
      const key = formatRepository(place);
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, name);
      if (owner === undefined) return [];
      const found =
        owner === name ? `the repository ${key} twice` : `the repository ${key}, which is that of ${owner} too`;
      return [{ path: `images.${name}`, found, expected: "a repository of its own; put {image} into the repository" }];
    }),
  );
}
