/**
 * Cases we answer differently on purpose, by id, each with its reason. They are printed with every run and count as
 * neither passed nor failed.
 */
export const disagreements: Readonly<Record<string, string>> = {
  "dbx/matrix/inline-all":
    "the case keeps the original's order by text inside a major (17.10, 17.2, 17.3); the family is newest first, as all its other cases expect (17.3, 17.2)",
};
