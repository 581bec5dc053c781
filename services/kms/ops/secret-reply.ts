/**
 * Answers with secrets in them: written here and not by the port, so that the bytes can be overwritten as soon as they stand in the
 * answer. The answer's text itself lives until it is sent and collected; nobody can overwrite it.
 */
import type { Reply } from '@hypergate/kit';

type Output = Readonly<Record<string, unknown>>;

const secretsOf = new WeakMap<Output, readonly Uint8Array[]>();

/** @param secrets members that are overwritten when the answer is written */
export function withSecrets(output: Output, ...secrets: readonly Uint8Array[]): Output {
  secretsOf.set(output, secrets);
  return output;
}

export function replyOf(output: Output): Reply<Output> {
  const secrets = secretsOf.get(output);
  if (secrets === undefined) return { output };
  const members = Object.entries(output).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? base64(value) : value,
  ]);
  const body = JSON.stringify(Object.fromEntries(members));
  for (const secret of secrets) secret.fill(0);
  return { output: {}, encoded: { contentType: 'application/x-amz-json-1.1', body } };
}

const base64 = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('base64');
