/** Gives a role another password. The database gets a verifier; the password itself is in no statement. */
import type { RunningEngine } from './api.ts';
import { quoteIdentifier, quoteLiteral } from './quoting.ts';
import { scramVerifier } from './scram-verifier.ts';

export async function changePassword(
  engine: Pick<RunningEngine, 'connect'>,
  role: string,
  password: string,
): Promise<void> {
  const verifier = await scramVerifier(password);
  const client = await engine.connect();
  try {
    await client.query(`alter role ${quoteIdentifier(role)} password ${quoteLiteral(verifier)}`);
  } finally {
    await client.end();
  }
}
