/** A process that holds a secret in all the forms that the search has to find. */
const held = [];
process.on('message', (masked) => {
  const secret = Buffer.from(masked.map((byte) => byte ^ 0x5a));
  held.push(secret, BigInt(`0x${secret.toString('hex')}`), secret.toString('base64'));
  // Flat strings, as what was written to a socket or a file.
  held.push(Buffer.from(secret.toString('hex')), Buffer.from(secret.toString('base64')));
  // Within a longer text, and as inputs of a circuit.
  held.push(Buffer.from(Buffer.concat([Buffer.alloc(1), secret]).toString('base64url')));
  held.push(Uint8Array.from({ length: 8 * secret.length }, (_, at) => (secret[at >> 3] >> (at & 7)) & 1));
  process.send('held');
});
process.send('ready');
setInterval(() => held.length, 60_000);
