import type { Field } from './field.ts';

/** Names of headers as Nerite sees them. Source: https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const headerName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const headerExpected = 'the name of a header in lower case';
const place = ['header', 'separator', 'prefix'] as const;
const notEmpty = /^.+$/su;
/** Whatever stands in these must never become an attribute of an event. */
const credentials = ['authorization', 'cookie', 'proxy-authorization', 'set-cookie'];

/** Checks a signature scheme that the definition declares itself. */
export function checkHmac(field: Field): void {
  const expected = 'a provider by name, or a declared HMAC scheme';
  const known = ['algorithm', 'encoding', 'secret', 'signature', 'signed', 'timestamp', 'id', 'type', 'tenant'];
  if (!field.object(expected, [...known, 'deliveryId', 'deadlineSeconds'])) return;
  field.at('algorithm').oneOf(['sha1', 'sha256', 'sha512']);
  field.at('encoding').oneOf(['hex', 'base64']);
  checkSecret(field.at('secret'));
  checkPlace(field.at('signature'));
  checkSigned(field);
  checkTimestamp(field.at('timestamp'));
  if (field.at('id').given) checkPlace(field.at('id'));
  for (const name of ['type', 'tenant', 'deliveryId']) checkSelector(field.at(name));
  checkDeadline(field.at('deadlineSeconds'));
}

function checkSecret(field: Field): void {
  if (!field.given || !field.object('an object with the encoding of the secret', ['prefix', 'encoding'])) return;
  field.at('encoding').oneOf(['utf8', 'base64', 'hex']);
  if (field.at('prefix').given) field.at('prefix').text('a text that is not empty', notEmpty);
}

function checkPlace(field: Field, more: readonly string[] = []): void {
  if (!field.object('an object that names a header', [...place, ...more])) return;
  const header = field.at('header');
  if (Array.isArray(header.value)) {
    for (const item of header.list('the names of one header or more')) item.text(headerExpected, headerName);
  } else {
    header.text(headerExpected, headerName);
  }
  for (const name of ['separator', 'prefix']) {
    if (field.at(name).given) field.at(name).text('a text that is not empty', notEmpty);
  }
}

/** What is signed must cover the body, and a timestamp and an id exactly where they are declared. */
function checkSigned(scheme: Field): void {
  const field = scheme.at('signed');
  const signed = field.text('a text with {body}, such as `{timestamp}.{body}`', /\{body\}/, 1_024);
  if (signed === undefined) return;
  for (const [name] of signed.replaceAll(/\{(?:body|timestamp|id|url|method)\}/g, '').matchAll(/\{[^{}]*\}?|\}/g)) {
    field.refuse('a text with no other placeholders than {body}, {timestamp}, {id}, {url} and {method}', name);
  }
  for (const name of ['timestamp', 'id']) {
    const used = signed.includes(`{${name}}`);
    if (used && !scheme.at(name).given) scheme.at(name).refuse(`declared, since ${field.path} has {${name}}`);
    if (!used && scheme.at(name).given) {
      field.refuse(`a text with {${name}}, since ${name} is declared and only what is signed can be trusted`);
    }
  }
}

function checkTimestamp(field: Field): void {
  if (!field.given) return;
  checkPlace(field, ['unit', 'toleranceSeconds']);
  field.at('unit').oneOf(['s', 'ms', 'iso8601']);
  if (field.at('toleranceSeconds').given) field.at('toleranceSeconds').integer(1, 86_400);
}

function checkSelector(field: Field): void {
  const expected = 'either { header: … } or { field: … }';
  if (!field.given || !field.object(expected, ['header', 'field'])) return;
  const header = field.at('header');
  const path = field.at('field');
  if (header.given === path.given) {
    field.refuse(expected, header.given ? 'both' : 'neither');
  } else if (path.given) {
    path.text('a path in the JSON body, such as `data.type`', /^[^.\s]+(?:\.[^.\s]+)*$/);
  } else {
    const name = header.text(headerExpected, headerName);
    if (name && credentials.includes(name)) header.refuse('a header without credentials');
  }
}

/** API Gateway waits 30 s; the receiver needs a little of that for itself. */
function checkDeadline(field: Field): void {
  const { value } = field;
  if (!field.given || (typeof value === 'number' && value >= 0.5 && value <= 28)) return;
  field.refuse('a number from 0.5 to 28');
}
