/** The result of checking bytes that others made: a value, or the reason in one sentence. Foreign bytes never throw. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

export function accepted<Value>(value: Value): Checked<Value> {
  return { ok: true, value };
}

export function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
