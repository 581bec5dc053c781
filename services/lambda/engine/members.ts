/** Members of inputs, which the wire has checked against the schema. */
export type Members = Readonly<Record<string, unknown>>;

export const text = (input: Members | undefined, member: string): string | undefined =>
  input?.[member] as string | undefined;

export const number = (input: Members | undefined, member: string): number | undefined =>
  input?.[member] as number | undefined;

export const texts = (input: Members | undefined, member: string): readonly string[] | undefined =>
  input?.[member] as readonly string[] | undefined;

export const textMap = (
  input: Members | undefined,
  member: string,
): Readonly<Record<string, string>> | undefined =>
  input?.[member] as Readonly<Record<string, string>> | undefined;

export const structure = (input: Members | undefined, member: string): Members | undefined =>
  input?.[member] as Members | undefined;
