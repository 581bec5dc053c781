/**
 * A strict pull reader for XML 1.0 request documents (https://www.w3.org/TR/xml/), made for hostile input: no document
 * type, so no entities beyond the five of the standard; bounded size, depth, elements and attributes; every pass
 * linear. Namespace prefixes are cut off: S3's clients send documents with its namespace, with a prefix, or with none.
 * Character references may name control characters that XML 1.0 cannot hold (XML 1.1 does, and S3 itself writes them
 * in listings); literal ones are refused.
 *
 * Use: `openRoot()`, then inside an element either `nextChild()` until undefined or `text()`; each consumes the
 * element's end tag; `finish()` at the end. @throws XmlError
 */
import { isUtf8 } from 'node:buffer';
import { documentBytesMax, xmlAttributesMax, xmlDepthMax, xmlElementsMax } from './limits.ts';

export class XmlError extends Error {
  constructor(message: string, position: number) {
    super(`${message} at character ${position}`);
    this.name = 'XmlError';
  }
}

const LT = 60;
const GT = 62;
const SLASH = 47;
const BANG = 33;
const QUESTION = 63;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d"|'1\.\d')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([\w.-]{1,40})"|'([\w.-]{1,40})'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/;
const CHARACTER_REFERENCE = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/;
const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Classes of ASCII characters: 1 may start a name, 2 may continue it, 4 white space. */
const CLASSES = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c === 58;
  const digit = (c >= 48 && c <= 57) || c === 45 || c === 46;
  CLASSES[c] = letter ? 3 : digit ? 2 : c === 32 || c === 9 || c === 10 || c === 13 ? 4 : 0;
}

export class XmlReader {
  readonly #source: string;
  #position = 0;
  #elements = 0;
  /** Names, with prefix, of the open elements. */
  readonly #open: string[] = [];
  /** The element just entered was closed by its own tag. */
  #selfClosed = false;
  #attributes: string[] | undefined;
  readonly #cdataEnds: boolean;

  constructor(bytes: Uint8Array) {
    if (bytes.byteLength > documentBytesMax) throw new XmlError('document too long', 0);
    if (!isUtf8(bytes)) throw new XmlError('not UTF-8', 0);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    this.#source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    const forbidden = FORBIDDEN.exec(this.#source);
    if (forbidden !== null) throw new XmlError('forbidden character', forbidden.index);
    this.#cdataEnds = this.#source.includes(']]>');
  }

  /** @returns the root element's name without prefix */
  openRoot(): string {
    if (this.#source.startsWith('<?xml') && (CLASSES[this.#source.charCodeAt(5)] ?? 0) === 4) {
      const match = DECLARATION.exec(this.#source);
      if (match === null) this.#fail('bad XML declaration');
      const encoding = (match![1] ?? match![2] ?? 'utf-8').toLowerCase();
      if (encoding !== 'utf-8' && encoding !== 'us-ascii') this.#fail('encoding is not UTF-8');
      this.#position = match![0].length;
    }
    this.#skipMisc();
    if (this.#source.charCodeAt(this.#position) !== LT) this.#fail('no root element');
    return this.#startTag();
  }

  /** @returns the name, without prefix, of the next child, or undefined after the current element's end tag */
  nextChild(): string | undefined {
    if (this.#selfClosed) return this.#closeSelf();
    this.#skipMisc();
    if (this.#source.charCodeAt(this.#position) !== LT) this.#fail('text between elements');
    if (this.#source.charCodeAt(this.#position + 1) === SLASH) {
      this.#endTag();
      return undefined;
    }
    return this.#startTag();
  }

  /** @returns the text of the current element, references resolved and line ends normalised */
  text(): string {
    if (this.#selfClosed) {
      this.#closeSelf();
      return '';
    }
    let result = '';
    for (;;) {
      const start = this.#position;
      const end = this.#source.indexOf('<', start);
      if (end < 0) this.#fail('element not closed');
      if (end > start) result += this.#resolve(this.#source.slice(start, end), true);
      this.#position = end;
      const next = this.#source.charCodeAt(end + 1);
      if (next === SLASH) {
        this.#endTag();
        return result;
      }
      if (this.#source.startsWith('<![CDATA[', end)) {
        const close = this.#source.indexOf(']]>', end + 9);
        if (close < 0) this.#fail('CDATA section not closed');
        result += normaliseLines(this.#source.slice(end + 9, close));
        this.#position = close + 3;
      } else if (next === BANG || next === QUESTION) this.#skipMarkup();
      else this.#fail('element where text is expected');
    }
  }

  /** Value of an attribute of the element just entered, by name with or without prefix. */
  attribute(name: string): string | undefined {
    const attributes = this.#attributes;
    if (attributes === undefined) return undefined;
    const local = name.slice(name.indexOf(':') + 1);
    for (let i = 0; i < attributes.length; i += 2) {
      const found = attributes[i]!;
      if (found === name || (!found.startsWith('xmlns') && found.slice(found.indexOf(':') + 1) === local)) {
        return attributes[i + 1];
      }
    }
    return undefined;
  }

  /** After the root's end: nothing but comments may follow. */
  finish(): void {
    this.#skipMisc();
    if (this.#position !== this.#source.length || this.#open.length > 0)
      this.#fail('content after the root element');
  }

  #closeSelf(): undefined {
    this.#selfClosed = false;
    this.#open.pop();
  }

  /** White space, comments and processing instructions. */
  #skipMisc(): void {
    for (;;) {
      this.#skipSpace();
      if (this.#source.charCodeAt(this.#position) !== LT) return;
      const next = this.#source.charCodeAt(this.#position + 1);
      if (next !== BANG && next !== QUESTION) return;
      this.#skipMarkup();
    }
  }

  #skipSpace(): boolean {
    const start = this.#position;
    while (CLASSES[this.#source.charCodeAt(this.#position)] === 4) this.#position++;
    return this.#position > start;
  }

  #skipMarkup(): void {
    const start = this.#position;
    if (this.#source.startsWith('<!--', start)) {
      const dashes = this.#source.indexOf('--', start + 4);
      if (dashes < 0 || this.#source.charCodeAt(dashes + 2) !== GT) this.#fail('bad comment');
      this.#position = dashes + 3;
    } else if (this.#source.charCodeAt(start + 1) === QUESTION) {
      this.#position = start + 2;
      if (this.#name().toLowerCase() === 'xml') this.#fail('XML declaration not at the start');
      const close = this.#source.indexOf('?>', this.#position);
      if (close < 0) this.#fail('processing instruction not closed');
      this.#position = close + 2;
    } else this.#fail('document types and CDATA between elements are not accepted');
  }

  #startTag(): string {
    if (++this.#elements > xmlElementsMax) this.#fail('too many elements');
    if (this.#open.length >= xmlDepthMax) this.#fail('nested too deeply');
    this.#position++;
    const name = this.#name();
    this.#open.push(name);
    this.#attributes = undefined;
    if (this.#source.charCodeAt(this.#position) === GT) this.#position++;
    else this.#finishStartTag();
    const colon = name.indexOf(':');
    return colon < 0 ? name : name.slice(colon + 1);
  }

  #finishStartTag(): void {
    for (;;) {
      const spaced = this.#skipSpace();
      const code = this.#source.charCodeAt(this.#position);
      if (code === GT) {
        this.#position++;
        return;
      }
      if (code === SLASH) {
        if (this.#source.charCodeAt(this.#position + 1) !== GT) this.#fail('bad tag');
        this.#position += 2;
        this.#selfClosed = true;
        return;
      }
      if (!spaced) this.#fail('bad tag');
      this.#attribute();
    }
  }

  #attribute(): void {
    const name = this.#name();
    this.#skipSpace();
    if (this.#source[this.#position++] !== '=') this.#fail('attribute without value');
    this.#skipSpace();
    const quote = this.#source[this.#position++];
    if (quote !== '"' && quote !== "'") this.#fail('attribute value without quotes');
    const end = this.#source.indexOf(quote!, this.#position);
    if (end < 0) this.#fail('attribute value not closed');
    const raw = this.#source.slice(this.#position, end);
    if (raw.includes('<')) this.#fail('markup in an attribute value');
    this.#position = end + 1;
    const attributes = (this.#attributes ??= []);
    if (attributes.length >= 2 * xmlAttributesMax) this.#fail('too many attributes');
    for (let i = 0; i < attributes.length; i += 2)
      if (attributes[i] === name) this.#fail('attribute given twice');
    attributes.push(name, this.#resolve(raw.replace(/\r\n|[\t\r\n]/g, ' '), false));
  }

  #endTag(): void {
    const name = this.#open.pop();
    if (name === undefined || !this.#source.startsWith(name, this.#position + 2))
      this.#fail('end tag does not match');
    this.#position += 2 + name!.length;
    if (this.#source.charCodeAt(this.#position) !== GT) {
      this.#skipSpace();
      if (this.#source.charCodeAt(this.#position) !== GT) this.#fail('end tag does not match');
    }
    this.#position++;
  }

  #name(): string {
    const start = this.#position;
    let code = this.#source.charCodeAt(start);
    if (code < 128 ? (CLASSES[code]! & 1) === 0 : Number.isNaN(code)) this.#fail('bad name');
    do code = this.#source.charCodeAt(++this.#position);
    while (code >= 128 || (CLASSES[code]! & 2) !== 0);
    return this.#source.slice(start, this.#position);
  }

  #resolve(raw: string, content: boolean): string {
    if (content && this.#cdataEnds && raw.includes(']]>')) this.#fail('"]]>" in text');
    const text = normaliseLines(raw);
    let at = text.indexOf('&');
    if (at < 0) return text;
    let result = '';
    let start = 0;
    while (at >= 0) {
      const end = text.indexOf(';', at);
      // The longest reference is `&#x10FFFF;`: a far semicolon belongs to something else.
      if (end < 0 || end - at > 9) this.#fail('unknown reference');
      result += text.slice(start, at) + this.#reference(text.slice(at + 1, end));
      start = end + 1;
      at = text.indexOf('&', start);
    }
    return result + text.slice(start);
  }

  #reference(name: string): string {
    const character = NAMED.get(name);
    if (character !== undefined) return character;
    const digits = CHARACTER_REFERENCE.exec(name);
    if (digits === null) this.#fail('unknown reference');
    const code =
      digits![1] === undefined ? Number.parseInt(digits![2]!, 10) : Number.parseInt(digits![1], 16);
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      this.#fail('bad character reference');
    return String.fromCodePoint(code);
  }

  #fail(message: string): never {
    throw new XmlError(message, this.#position);
  }
}

function normaliseLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
