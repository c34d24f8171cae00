import { createEmbeddedRegistry, serve } from "@bayplan/testkit";
import { answerParent } from "../answer-parent.ts";

// Answers "start" with host and port, and "requests" with how many there were since it was last asked.
const registry = createEmbeddedRegistry();
let counted = 0;

answerParent<"start" | "requests">(async (question) => {
  if (question === "start") return (await serve(registry.fetch)).host;
  const since = registry.log.length - counted;
  counted = registry.log.length;
  return since;
});
