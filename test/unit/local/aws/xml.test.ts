import { describe, expect, test } from 'vitest';
import { escapeXml, parseXml, xmlDocument } from '../../../../infra/local/aws/xml.ts';

describe('writing XML', () => {
  test('escapes what would be markup, and what XML cannot hold', () => {
    expect(escapeXml('<a href="x">&\r\n\u0001\ufffe🐌')).toBe(
      '&lt;a href=&quot;x&quot;&gt;&amp;&#xd;&#xa;&#x1;&#xfffe;🐌',
    );
  });

  test('repeats an element for an array and leaves out what is undefined', () => {
    expect(xmlDocument('A', { B: [{ C: 1 }, { C: undefined }], D: undefined, E: true }, 'urn:x')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="urn:x"><B><C>1</C></B><B></B><E>true</E></A>',
    );
  });
});

describe('reading XML', () => {
  test('gives elements and texts', () => {
    const text = `<?xml version="1.0"?>\n<A xmlns="urn:x"><B at='1'>x &lt;&amp;&#38;&#x1F40C; y</B><C/></A>\n`;
    expect(parseXml(text)).toEqual({
      name: 'A',
      text: '',
      children: [
        { name: 'B', text: 'x <&&🐌 y', children: [] },
        { name: 'C', text: '', children: [] },
      ],
    });
  });

  test('understands what was written', () => {
    const text = 'a<b>&"c"\u0000\n🐌';
    expect(parseXml(xmlDocument('A', text)).text).toBe(text);
  });

  test.each([
    [''],
    ['text'],
    ['<A>'],
    ['</A>'],
    ['<A></B>'],
    ['<A><B></A></B>'],
    ['<A/><B/>'],
    ['<A/>text'],
    ['<A>&unknown;</A>'],
    ['<A>&amp</A>'],
    ['<A>& b</A>'],
    ['<A>&#x110000;</A>'],
    ['<A b=c/>'],
    ['<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>'],
    ['<A><!-- x --></A>'],
    ['<A><![CDATA[x]]></A>'],
    ['<A><?xml version="1.0"?></A>'],
    ['<A'],
  ])('refuses %s', (text) => {
    expect(() => parseXml(text)).toThrow('XML');
  });
});
