/** DER by hand, so that it can be wrong by hand: no code of the product. */

export function tlv(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80
      ? Buffer.of(length)
      : length < 0x100
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 255);
  return Buffer.concat([Buffer.of(tag), size, content]);
}

export const sequenceOf = (...contents: readonly Uint8Array[]): Buffer => tlv(0x30, ...contents);
export const octets = (...contents: readonly Uint8Array[]): Buffer => tlv(0x04, ...contents);
export const bits = (content: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.of(unused), content);
export const nothing = Buffer.of(5, 0);

/** `1.2.840.10045.2.1` */
export function oid(name: string): Buffer {
  const [first, second, ...rest] = name.split('.').map(Number) as [number, number, ...number[]];
  const bytes = [40 * first + second];
  for (const arc of rest) {
    const digits = [arc & 127];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 127) | 128);
    bytes.push(...digits);
  }
  return tlv(0x06, Buffer.from(bytes));
}

/** Content of an INTEGER; negative ones in two's complement. */
export function numberBytes(value: bigint): Buffer {
  if (value < 0n) {
    const size = BigInt(Math.ceil((value.toString(2).length + 1) / 8));
    return numberBytes((1n << (8n * size)) + value).subarray(-Number(size));
  }
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

export const numberOf = (value: bigint): Buffer => tlv(0x02, numberBytes(value));

/** Big-endian, as long as it has to be. */
export const fixed = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');

export const integerOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
