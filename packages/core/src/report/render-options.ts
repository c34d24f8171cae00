/** How a plan or a report is rendered. */
export interface RenderOptions {
  /**
   * For `markdown`: bytes of UTF-8 it may have. Rows that do not fit are left out whole, and the text says how many. Default
   * 1,000,000: GitHub refuses a step summary of more than 1 MiB, and a workflow adds lines of its own. A comment on a pull
   * request holds 65,536 characters.
   *
   * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
   */
  readonly maxBytes?: number;
}
