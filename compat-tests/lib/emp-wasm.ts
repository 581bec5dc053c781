/**
 * emp-wasm, an implementation of two-party authenticated garbling (Wang, Ranellucci, Katz 2017) that is not ours: both parties in
 * this process, over channels in memory. It reads the old Bristol format alone, and both parties learn all outputs. Its mode for
 * two parties fails at some ten thousand AND gates, for which reason its own default is the mode for many.
 */
import { BufferedIO, secureMPC } from 'emp-wasm';

/**
 * @param circuit text of the old Bristol format
 * @param inputs of the first and the second party, one bit in each element
 * @returns the outputs, one bit in each element
 * @throws Error when the two parties do not learn the same
 */
export async function runEmpWasm(
  circuit: string,
  inputs: readonly [Uint8Array, Uint8Array],
): Promise<Uint8Array> {
  const ends = [0, 1].map((me): BufferedIO => {
    return new BufferedIO(
      1 - me,
      (_to: number, channel: 'a' | 'b', data: Uint8Array) => {
        // It may write over the bytes later, and expects them to arrive after it has returned.
        const copy = data.slice();
        setImmediate(() => ends[1 - me]!.accept(channel, copy));
      },
      () => undefined,
    );
  });
  const run = (inputBits: Uint8Array, party: number): Promise<Uint8Array> =>
    secureMPC({
      party,
      size: 2,
      circuit,
      inputBits: Uint8Array.from(inputBits),
      inputBitsPerParty: inputs.map(({ length }) => length),
      io: ends[party]!,
      mode: 'mpc',
    });
  const [first, second] = (await Promise.all(inputs.map(run))) as [Uint8Array, Uint8Array];
  if (Buffer.compare(first, second) !== 0)
    throw new Error('the parties of emp-wasm learned different outputs');
  return first;
}
