/**
 * `encoding-type=url` of listings: UTF-8, percent-encoded but for letters, digits and `- _ . * /`. A space is `%20` where
 * AWS sends `+`: every client decodes it alike, whether or not it takes `+` for a space (Ceph does the same).
 */
const plain = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*/') {
  plain[character.charCodeAt(0)] = 1;
}
const escapes = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

export function urlEncode(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 128 || plain[code] === 0) return encodeAll(text);
  }
  return text;
}

function encodeAll(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    out += byte < 128 && plain[byte] === 1 ? String.fromCharCode(byte) : escapes[byte]!;
  }
  return out;
}
