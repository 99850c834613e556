/** Writing and reading the XML of AWS's older protocols: elements and text, nothing else. */

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it may stand in an element; control characters become references, as in S3's own answers. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\p{Cc}\ufffe\uffff]/gu, (c) => references[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);
}

/** What can stand in an element: text, or children by name. An array repeats its element, `undefined` leaves it out. */
export type XmlContent = string | number | boolean | XmlChildren;
export interface XmlChildren {
  readonly [name: string]: XmlContent | readonly XmlContent[] | undefined;
}

/** Elements of different names in an order of their own. */
export type XmlSequence = readonly (readonly [string, XmlContent])[];

/** One element with all that is in it. */
export function element(name: string, content: XmlContent | XmlSequence, namespace?: string): string {
  const inside = typeof content === 'object' ? children(content) : escapeXml(String(content));
  return `<${name}${namespace ? ` xmlns="${namespace}"` : ''}>${inside}</${name}>`;
}

/** A document whose root is this element. */
export function xmlDocument(name: string, content: XmlContent | XmlSequence, namespace?: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content, namespace)}`;
}

function children(content: XmlChildren | XmlSequence): string {
  return (isSequence(content) ? content : Object.entries(content))
    .flatMap(([name, value]) =>
      [value].flat().map((one) => (one === undefined ? '' : element(name, one as XmlContent))),
    )
    .join('');
}

function isSequence(content: XmlChildren | XmlSequence): content is XmlSequence {
  return Array.isArray(content);
}

/** An element as read. Attributes are left out: no request that we accept has one with a meaning. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The text in it, where it has no children. */
  readonly text: string;
}

const token =
  /<\?xml[^>]*\?>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;

/**
 * Reads a document. Strict and small on purpose: no document types, no entities but the five, no CDATA, no comments.
 *
 * @throws Error saying where it stopped understanding.
 */
export function parseXml(text: string): XmlElement {
  const top = { name: '', children: [] as XmlElement[], text: '' };
  const open = [top];
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    const inside = open.at(-1);
    if (!match || !inside) throw new Error(`XML not understood at character ${at}`);
    const [, closing, opening, , selfClosing, characters] = match;
    if (characters !== undefined) {
      inside.text += unescapeXml(characters);
    } else if (closing !== undefined) {
      if (inside.name !== closing || open.length === 1) throw new Error(`XML closes ${closing}, which is not open`);
      open.pop();
    } else if (opening !== undefined) {
      const next = { name: opening, children: [], text: '' };
      inside.children.push(next);
      if (!selfClosing) open.push(next);
    } else if (at > 0) {
      throw new Error(`XML not understood at character ${at}`);
    }
  }
  const [root, second] = top.children;
  if (open.length > 1) throw new Error(`XML does not close ${open.at(-1)?.name}`);
  if (!root || second || top.text.trim() !== '') throw new Error('XML must have one root element');
  return root;
}

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&([^;]*);?/g, (reference: string, name: string) => {
    const number = /^#(?:x([\da-f]{1,6})|(\d{1,7}));$/i.exec(reference.slice(1));
    const code = number && (number[1] ? Number.parseInt(number[1], 16) : Number(number[2]));
    if (code !== null && code <= 0x10ffff) return String.fromCodePoint(code);
    const character = reference.endsWith(';') ? characters[name] : undefined;
    if (character === undefined) throw new Error(`XML has an unknown reference ${reference}`);
    return character;
  });
}
