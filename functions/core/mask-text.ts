/** Without any of these a text has nothing to mask. Most have none, and each line pays for this look. */
const suspicious =
  /[@=:]|%40|%3d|bearer|basic|whsec_|eyj|v\d,|[prs]k_(?:live|test)|sk-|gh[pousr]_|github_pat|xox|glpat|shp|a[ks]ia|aiza|hooks\.slack|\/webhooks\/|private key/i;

/** What is masked wherever it stands; a group that is kept says what it was. */
const patterns: readonly RegExp[] = [
  // Credentials in a URL.
  /(:\/\/)[^\s/@:]{0,256}:[^\s/@]{1,256}(?=@)/g,
  // E-mail addresses, also as URLs write them.
  /()[\p{L}\p{N}._%+'-]{1,64}(?:@|%40)(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,24}/gu,
  // Headers as they stand in what clients write, whatever the value looks like.
  /\b(authorization:\s{0,3}(?:basic|bearer|token|digest|negotiate|api-?key|key|hmac)\s+)[^\s"',;]+/gi,
  /\b((?:set-)?cookie:\s{0,3})(?=[\w.-]{1,64}=)[^\r\n"'`]+/gi,
  /\b(bearer\s+|basic\s+)(?:(?=\S{0,512}[\d=_.~+/-])[^\s"',;]{6,}|[^\s"',;]{16,})/gi,
  // Signing secrets, API keys and JSON Web Tokens, by the prefixes that platforms give them.
  /\b(whsec_|[prs]k_(?:live|test)_|sk-(?:proj|ant|svcacct)-|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|shp[a-z]{2}_|A[KS]IA|AIza|eyJ)[\w.+/=-]{8,}/g,
  /\b((?:sha(?:1|256|384|512)|hmac)[=:]\s?)[\w+/=-]{16,}/gi,
  /\b(v\d[,=])[\w+/=-]{16,}/g,
  // URLs that are credentials themselves: who knows one may post there.
  /\b(hooks\.slack\.com\/[a-z]{1,16}\/|discord(?:app)?\.com\/api\/webhooks\/)[\w/-]+/gi,
  /(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[^-]+/g,
];

/** A name with what stands between it and its value: `"name": `, `name=`, `\"name\":\"`, and of forms `a[name]=`, `name[0]=`. */
const named = /(?:%5B)?([\p{L}_$][\p{L}\p{N}_$.-]{0,63})\\*["'`]?(?:\]|%5D|\[\d{0,6}\])?\s{0,3}([=:]|%3D)\s{0,3}/giu;
const quoted = /"(?:[^"\\]|\\.?)*(?:"|$)|'(?:[^'\\]|\\.?)*(?:'|$)|`[^`]*(?:`|$)/sy;
const escaped = /(\\+["'])[\s\S]*?(?:\1|$)/y;
const bare = /[^\s&;,(){}[\]"'`\\]+/y;

/**
 * Makes what masks texts: addresses, tokens and signatures by their looks, and values by the names that they stand
 * beside, as JSON, Node's inspect, forms, headers and people write them.
 */
export function maskTexts(isMasked: (name: string) => boolean, mask: string): (text: string) => string {
  return (text) => {
    if (!suspicious.test(text)) return text;
    const shown = patterns.reduce((rest, pattern) => rest.replace(pattern, `$1${mask}`), text);
    return withoutNamed(shown, isMasked, mask);
  };
}

function withoutNamed(text: string, isMasked: (name: string) => boolean, mask: string): string {
  let kept = '';
  let from = 0;
  named.lastIndex = 0;
  for (let found = named.exec(text); found; found = named.exec(text)) {
    const [, name = '', separator] = found;
    if (!isMasked(name)) continue;
    const at = named.lastIndex;
    const end = endOfValue(text, at, separator === ':');
    if (end === at || text.startsWith(mask, at)) continue;
    kept += text.slice(from, at) + mask;
    from = end;
    named.lastIndex = end;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** Where a value that begins here ends; here, where there is none. */
function endOfValue(text: string, at: number, told: boolean): number {
  if (text[at] === '{' || text[at] === '[') return endOfBrackets(text, at);
  for (const form of [quoted, escaped]) {
    form.lastIndex = at;
    if (form.test(text)) return form.lastIndex;
  }
  bare.lastIndex = at;
  const [value = ''] = bare.exec(text) ?? [];
  // `invalid token: expected a number` is a sentence.
  const sentence = told && value.length < 16 && !/\d/.test(value);
  return sentence || /^(?:null|undefined|true|false)$/.test(value) ? at : at + value.length;
}

function endOfBrackets(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (char === '"') {
      quoted.lastIndex = i;
      if (quoted.test(text)) i = quoted.lastIndex - 1;
    } else if ('{['.includes(char)) depth += 1;
    else if ('}]'.includes(char)) {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}
