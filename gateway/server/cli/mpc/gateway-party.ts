/** `hypergate mpc run --gateway` and `hypergate mpc key`: a running gateway is the party. */
import { readComputation, verifyStatement } from '@hypergate/node/verifier';
import { partyAnswerSchema, partyKeySchema } from '@hypergate/openapi/admin';
import { serverLimits } from '../../limits.ts';
import { askAdmin } from '../admin-client.ts';
import type { Flags } from '../main.ts';
import { loadProgram } from './program.ts';
import { recordCircuit } from './record.ts';
import { type RunOptions, tell } from './run.ts';
import { readSession, readSessionFile } from './session-file.ts';
import { inputValues, printed } from './values.ts';

export async function runKey(flags: Flags): Promise<void> {
  const { key } = await askAdmin(flags, {
    method: 'GET',
    path: '/computations/party',
    schema: partyKeySchema,
    patienceMs: serverLimits.recordPatienceMs,
  });
  process.stdout.write(`${key}\n`);
}

export async function runGatewayParty(path: string, options: RunOptions, flags: Flags): Promise<void> {
  const program = await loadProgram(path);
  // What is wrong with it is found before anything is uploaded.
  await readSession(options.session, program.commitment);
  const inputs = await inputValues(options.input, options.inputs);
  await recordCircuit(program, flags);
  const { outputs, computation, recorded } = await askAdmin(flags, {
    method: 'POST',
    path: '/computations/party',
    body: {
      circuit: Buffer.from(program.commitment).toString('hex'),
      session: await readSessionFile(options.session),
      as: options.as,
      inputs,
      waitSeconds: Math.ceil(options.wait),
      withinSeconds: Math.ceil(options.within),
    },
    schema: partyAnswerSchema,
    patienceMs: serverLimits.recordPatienceMs + options.within * 1000,
  });
  if (!recorded) {
    const kept = options.receipt ?? 'the receipt that follows';
    process.stderr.write(`the gateway could not record it: keep ${kept}, and record it later\n`);
    if (options.receipt === undefined) process.stderr.write(printed(computation));
  }
  const receipt = readComputation(computation);
  verifyStatement(receipt);
  await tell(receipt, outputs, options.receipt);
}
