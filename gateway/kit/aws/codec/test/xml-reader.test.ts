import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { xmlAttributesMax, xmlDepthMax, xmlElementsMax } from '../limits.ts';
import { escapeXml, escapeXmlAttribute } from '../xml-encode.ts';
import { XmlError, XmlReader } from '../xml-reader.ts';

/** Reads `<a>text</a>`, one level. */
function textOf(xml: string | Uint8Array): string {
  const reader = new XmlReader(typeof xml === 'string' ? Buffer.from(xml) : xml);
  reader.openRoot();
  const text = reader.text();
  reader.finish();
  return text;
}

/** Element names and texts as a nested list; leaves are elements without children. */
function treeOf(bytes: Uint8Array): unknown {
  const reader = new XmlReader(bytes);
  const walk = (name: string): unknown => {
    const children: unknown[] = [];
    for (let child = reader.nextChild(); child !== undefined; child = reader.nextChild())
      children.push(walk(child));
    return [name, children];
  };
  const tree = walk(reader.openRoot());
  reader.finish();
  return tree;
}

describe('XML reader', () => {
  it.each([
    ['<a>x</a>', 'x'],
    ['<a/>', ''],
    ['<a ></a >', ''],
    ['<a> x </a>', ' x '],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<a>x</a>\n', 'x'],
    ["<?xml version='1.0' encoding='utf-8' standalone='yes' ?><a>x</a>", 'x'],
    ['\ufeff<a>x</a>', 'x'],
    ['<!-- c --><a><!-- - -->x<?pi d?>y</a><!-- e -->', 'xy'],
    ['<a><![CDATA[<b>&amp;]]>]]&gt;</a>', '<b>&amp;]]>'],
    ['<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F600;</a>', '<>&"\'AB😀'],
    ['<a>1\r\n2\r3\n4&#13;5&#xD;</a>', '1\n2\n3\n4\r5\r'],
    ['<a>&#x1;</a>', '\u0001'],
    ['<n:a xmlns:n="u">x</n:a>', 'x'],
    ['<ä>ö</ä>', 'ö'],
  ])('reads %j', (xml, text) => {
    expect(textOf(xml)).toBe(text);
  });

  it.each([
    [''],
    ['   '],
    ['x'],
    ['<a>'],
    ['<a'],
    ['<a>x</b>'],
    ['<a>x</a'],
    ['<a>x</a>y'],
    ['<a>x</a><a/>'],
    ['</a>'],
    ['<a><b></a></b>'],
    ['<1>x</1>'],
    ['< a>x</a>'],
    ['<a b>x</a>'],
    ['<a b=c>x</a>'],
    ['<a b="1" b="2">x</a>'],
    ['<a b="1"c="2">x</a>'],
    ['<a b="<">x</a>'],
    ['<a b="&x;">x</a>'],
    ['<a>&x;</a>'],
    ['<a>& </a>'],
    ['<a>&#0;</a>'],
    ['<a>&#xD800;</a>'],
    ['<a>&#x110000;</a>'],
    ['<a>&#99999999;</a>'],
    ['<a>]]></a>'],
    ['<a>\u0001</a>'],
    ['<a>\ufffe</a>'],
    ['<a><![CDATA[x</a>'],
    ['<a><!-- x</a>'],
    ['<a><!-- -- --></a>'],
    ['<a><?x</a>'],
    ['<a><?xml version="1.0"?></a>'],
    [' <?xml version="1.0"?><a/>'],
    ['<?xml version="1.0" encoding="UTF-16"?><a/>'],
    ['<?xml version="2.0"?><a/>'],
    ['<!DOCTYPE a><a/>'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['<![CDATA[x]]><a/>'],
  ])('refuses %j', (xml) => {
    expect(() => textOf(xml)).toThrow(XmlError);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => textOf(Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e))).toThrow(XmlError);
    expect(() => textOf(Buffer.from('<a/>', 'utf16le'))).toThrow(XmlError);
  });

  it('refuses documents past its limits, each in linear time', () => {
    const deep = xmlDepthMax + 1;
    expect(() => treeOf(Buffer.from('<a>'.repeat(deep) + '</a>'.repeat(deep)))).toThrow(/deeply/);
    expect(() => treeOf(Buffer.from(`<a>${'<b/>'.repeat(xmlElementsMax)}</a>`))).toThrow(/too many elements/);
    const attributes = Array.from({ length: xmlAttributesMax + 1 }, (_, i) => ` x${i}="1"`).join('');
    expect(() => treeOf(Buffer.from(`<a${attributes}/>`))).toThrow(/too many attributes/);
    expect(() => textOf(`<a>${'<!--'.repeat(500_000)}`)).toThrow(XmlError);
    expect(() => textOf(`<a>${'&amp'.repeat(500_000)}</a>`)).toThrow(XmlError);
    expect(() => textOf(`<a ${' '.repeat(1_000_000)}`)).toThrow(XmlError);
  });

  it('finds attributes by name with or without prefix', () => {
    const reader = new XmlReader(Buffer.from(`<a xmlns:xsi="u" xsi:type='A&amp;B' y="1\n2"/>`));
    reader.openRoot();
    expect(reader.attribute('xsi:type')).toBe('A&B');
    expect(reader.attribute('type')).toBe('A&B');
    expect(reader.attribute('y')).toBe('1 2');
    expect(reader.attribute('xsi')).toBeUndefined();
  });

  it('a prefix of a document is never a document', () => {
    const xml = '<?xml version="1.0"?><!-- c --><a x="1">t&amp;<![CDATA[y]]><!-- d --></a>';
    for (let end = 0; end < xml.length; end++) {
      expect(() => textOf(xml.slice(0, end)), xml.slice(0, end)).toThrow(XmlError);
    }
  });

  it('damaged documents give an XmlError or a value, nothing else', () => {
    const base = Buffer.from(
      '<?xml version="1.0"?><a x="1"><b>t&amp;</b><c><![CDATA[y]]></c><d/><!-- e --></a>',
    );
    const edit = fc.tuple(
      fc.nat(base.length - 1),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        let bytes = Buffer.from(base);
        for (const [at, value, cut] of edits) {
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(value), bytes.subarray(at + cut)]);
        }
        try {
          treeOf(bytes);
        } catch (error) {
          if (!(error instanceof XmlError)) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('XML escaping', () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });
  const controls = fc.string({
    unit: fc.constantFrom('\r', '\n', '\t', '\u0001', '\u0085', '\u2028', '<', ']]>', '&', '"', "'"),
    maxLength: 10,
  });

  it('any text comes back, control characters too', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, controls), (text) => {
        fc.pre(!text.includes('\0'));
        expect(textOf(`<a>${escapeXml(text)}</a>`)).toBe(text.toWellFormed());
        const reader = new XmlReader(Buffer.from(`<a b="${escapeXmlAttribute(text)}"/>`));
        reader.openRoot();
        expect(reader.attribute('b')).toBe(text.toWellFormed());
      }),
    );
  });

  it('another parser reads the same', () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: true });
    const printable = fc.string({
      unit: fc.constantFrom('a', 'é', '<', '>', '&', '"', "'", ';', '#', '😀'),
      minLength: 1,
    });
    fc.assert(
      fc.property(printable, (text) => {
        expect((parser.parse(`<a>${escapeXml(text)}</a>`) as { a: string }).a).toBe(text);
      }),
    );
  });

  it('is what S3 writes', () => {
    expect(escapeXml('"a"<b>&\r\u0001')).toBe('&quot;a&quot;&lt;b&gt;&amp;&#xD;&#x1;');
  });
});
