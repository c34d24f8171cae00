/**
 * Cases we answer differently on purpose, by id, each with its reason. They are printed with every run and count as
 * neither passed nor failed.
 */
export const disagreements: Readonly<Record<string, string>> = {};
