/** Text of hand-written answers: XML 1.0 escaping as S3 does it, with character references for what XML cannot hold. */

export const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>\n';
export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
export const xmlContentType = 'application/xml';

/** Escapes text of an element. Control characters become references, also those a strict parser refuses: as S3 answers. */
export function escapeXml(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    if (special(text.charCodeAt(i))) return escapeFrom(text, i);
  }
  return text;
}

export function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** An element that is left out when there is no text. */
export function optionalElement(name: string, text: string | undefined): string {
  return text === undefined ? '' : element(name, text);
}

function escapeFrom(text: string, first: number): string {
  let out = text.slice(0, first);
  let plain = first;
  for (let i = first; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (!special(code)) continue;
    out += text.slice(plain, i) + reference(code);
    plain = i + 1;
  }
  return out + text.slice(plain);
}

function special(code: number): boolean {
  if (code < 0x20) return true;
  return code === 0x26 || code === 0x3c || code === 0x3e || code === 0x22 || code >= 0xfffe;
}

function reference(code: number): string {
  switch (code) {
    case 0x26:
      return '&amp;';
    case 0x3c:
      return '&lt;';
    case 0x3e:
      return '&gt;';
    case 0x22:
      return '&quot;';
    default:
      return `&#x${code.toString(16).toUpperCase()};`;
  }
}
