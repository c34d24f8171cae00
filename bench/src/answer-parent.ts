/** The child's side of `startInChild`: answers what the parent asks, and ends with it. */
export function answerParent<Question>(answer: (question: Question) => Promise<unknown>): void {
  process.on("disconnect", () => process.exit());
  process.on("message", ({ question }: { question: Question }) => {
    answer(question).then(
      (given) => process.send?.({ answer: given }),
      (error: unknown) => process.send?.({ failure: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.send?.({ ready: true });
}
