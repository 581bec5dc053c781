/** Two streams in memory that a test connects: it sees all bytes of one direction or the other, and may change them or end it. */
import { type Duplex, duplexPair } from 'node:stream';

/**
 * @param direction 0 from the first to the second, 1 back
 * @param at number of bytes of the direction that came before
 * @returns what goes on, or `end` for both ends
 */
export type Tamper = (direction: 0 | 1, at: number, bytes: Buffer) => Uint8Array | 'end';

export function tamperedWire(tamper: Tamper): readonly [Duplex, Duplex] {
  const [first, middleOfFirst] = duplexPair();
  const [second, middleOfSecond] = duplexPair();
  const end = (): void => {
    for (const stream of [first, second, middleOfFirst, middleOfSecond]) stream.destroy();
  };
  const pass = (from: Duplex, to: Duplex, direction: 0 | 1): void => {
    let at = 0;
    from.on('data', (bytes: Buffer) => {
      const passed = tamper(direction, at, Buffer.from(bytes));
      at += bytes.length;
      if (passed === 'end') end();
      else if (passed.length > 0 && to.writable) to.write(passed);
    });
    from.on('end', () => to.end());
    from.on('error', end);
  };
  pass(middleOfFirst, middleOfSecond, 0);
  pass(middleOfSecond, middleOfFirst, 1);
  return [first, second];
}
