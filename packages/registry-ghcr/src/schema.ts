import { z } from "zod";

/** A package version, only what is used. */
const Version = z.object({
  id: z.number().int().positive(),
  /** Of a container: the digest. */
  name: z.string(),
  created_at: z.string().optional(),
  metadata: z.object({ container: z.object({ tags: z.array(z.string()) }).optional() }).optional(),
});

/** One package version. */
export const VersionDocument = Version;

/** One page of package versions. */
export const VersionPage = z.array(Version);

/** An account, organisation or user. */
export const AccountDocument = z.object({ login: z.string(), type: z.string() });

/** GitHub's form of an error. */
export const ErrorBody = z.object({ message: z.string() }).partial();

/** What is read of any manifest to find its subject. */
export const SubjectShape = z.object({
  artifactType: z.string().optional(),
  subject: z.object({ digest: z.string() }),
  config: z.object({ mediaType: z.string() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** What a Bayplan dummy says about the tag it stands under. */
export const DummyShape = z.object({
  annotations: z.object({ "dev.bayplan.untag.tag": z.string(), "dev.bayplan.untag.digest": z.string() }),
});
