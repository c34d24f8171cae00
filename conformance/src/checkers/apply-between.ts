import { digestReference, tagReference } from "@bayplan/core";
import { z } from "zod";
import { ApplyImage, moveTag, type RealImages } from "./apply-images.ts";
import { type ApplyRegistry, refusalResponse } from "./apply-registries.ts";

const fails = { status: z.number(), message: z.string().optional(), times: z.number().optional() };
const count = z.number().int().min(0).optional();

/** What happens between plan and execution, or while it goes on. */
export const Between = z.union([
  z.strictObject({ op: z.literal("tag"), tag: z.string(), digest: z.string() }),
  z.strictObject({ op: z.literal("delete-fails"), digest: z.string().optional(), ...fails }),
  z.strictObject({ op: z.literal("delete-tag-fails"), tag: z.string().optional(), ...fails }),
  z.strictObject({ op: z.literal("page-size"), n: z.number().int().min(1) }),
  z.strictObject({ op: z.literal("push"), image: ApplyImage }),
  ApplyImage.extend({ op: z.literal("push") }),
  z.strictObject({ op: z.literal("delete"), digest: z.string().optional(), tag: z.string().optional() }),
  z.strictObject({ op: z.literal("list-is-stale"), n: count, requests: count, times: count, lists: count }),
  z.strictObject({
    op: z.literal("rate-limited-after"),
    ...{ n: count, requests: count, deletes: count, deletions: count, count, after: count, status: count },
  }),
]);

/** Does what happens before the execution, and prepares what happens while it goes on. */
export async function prepareBetween(
  between: readonly z.infer<typeof Between>[],
  images: RealImages,
  open: ApplyRegistry,
): Promise<void> {
  // A list that is stale shows nothing of what happened since the plan.
  for (const one of between) {
    if (one.op !== "list-is-stale") continue;
    const requests = one.n ?? one.requests ?? one.times ?? one.lists ?? Number.POSITIVE_INFINITY;
    if (open.freezeLists === undefined) throw new Error("The lists of this registry cannot be stale.");
    open.freezeLists(requests);
  }
  for (const one of between) await happen(one, images, open);
}

async function happen(one: z.infer<typeof Between>, images: RealImages, open: ApplyRegistry): Promise<void> {
  const { repository, registry } = open;
  switch (one.op) {
    case "tag":
      return await moveTag(registry, repository, images.realTag(one.tag), images.real(one.digest));
    case "push":
      return await images.put("image" in one ? one.image : withoutOp(one), registry);
    case "delete":
      return await remove(one, images, open);
    case "page-size":
      open.pageSize = one.n;
      return;
    case "list-is-stale":
      return;
    case "delete-fails": {
      const digest = one.digest === undefined ? undefined : images.real(one.digest);
      const { failing } = open;
      if (failing !== undefined) {
        open.failing = (of) => (digest === undefined || of === digest ? one.status : failing(of));
        return;
      }
      return refuse(open, one, (request) => open.deletes(request, digest));
    }
    case "delete-tag-fails": {
      const tag = one.tag === undefined ? undefined : images.realTag(one.tag);
      return refuse(open, one, (request) => open.untags(request, tag));
    }
    case "rate-limited-after": {
      let left = one.n ?? one.requests ?? one.deletes ?? one.deletions ?? one.count ?? one.after ?? 0;
      const { failing } = open;
      if (failing !== undefined) {
        open.failing = (of) => {
          left -= 1;
          return left < 0 ? (one.status ?? 429) : failing(of);
        };
        return;
      }
      const isAny = async (request: Request) => {
        if (!(await open.deletes(request)) && !(await open.untags(request))) return false;
        left -= 1;
        return left < 0;
      };
      return refuse(open, { status: one.status ?? 429, message: "too many requests" }, isAny);
    }
  }
}

function refuse(
  open: ApplyRegistry,
  how: { readonly status: number; readonly message?: string | undefined; readonly times?: number | undefined },
  isMeant: (request: Request) => Promise<boolean>,
): void {
  const { intercept } = open;
  let left = how.times ?? Number.POSITIVE_INFINITY;
  open.intercept = async (request) => {
    if (left > 0 && (await isMeant(request))) {
      left -= 1;
      return refusalResponse(how.status, how.message ?? "refused");
    }
    return await intercept(request);
  };
}

function withoutOp({
  op: _,
  ...image
}: Extract<z.infer<typeof Between>, { digest: string; mediaType: string }>): ApplyImage {
  return image;
}

/** As somebody else would: whatever is expected is what is there. */
async function remove(
  { digest, tag }: { readonly digest?: string | undefined; readonly tag?: string | undefined },
  images: RealImages,
  { repository, registry }: ApplyRegistry,
): Promise<void> {
  if (tag !== undefined) {
    const target = tagReference(repository, images.realTag(tag));
    const shown = await registry.resolve(target);
    if (shown.state === "present") await registry.untag?.(target, shown.descriptor.digest);
    return;
  }
  if (digest === undefined) throw new Error("It is not said what is deleted.");
  const target = digestReference(repository, images.real(digest));
  const tags: string[] = [];
  for await (const name of registry.listTags(repository)) {
    const shown = await registry.resolve(tagReference(repository, name));
    if (shown.state === "present" && shown.descriptor.digest === target.digest) tags.push(name);
  }
  await registry.deleteManifest?.(target, { tags, parents: images.all() });
}
