/** What proves who somebody is. */
const credentials = [
  ...['password', 'passwd', 'pwd', 'passphrase', 'passcode', 'password hash', 'pin', 'otp', 'secret', 'token', 'jwt'],
  ...['api key', 'access key', 'access key id', 'private key', 'secret key', 'signing key', 'encryption key'],
  ...['authorization', 'auth', 'bearer', 'cookie', 'session id', 'csrf', 'xsrf', 'signature', 'hmac', 'credential'],
  // As platforms name their headers: X-Shopify-Hmac-Sha256, X-Signature-Ed25519, X-HubSpot-Signature-v3, Box-Signature-Primary.
  ...['hmac sha', 'hmac signature', 'signature ed', 'signature v', 'signature primary', 'signature secondary', 'sig'],
];

/** What says who somebody is, where they live and how they pay. */
const personal = [
  ...['email', 'phone', 'phone number', 'telephone', 'mobile', 'mobile number', 'fax', 'login', 'user name'],
  ...['first name', 'last name', 'middle name', 'full name', 'given name', 'family name', 'maiden name', 'surname'],
  ...['display name', 'real name', 'nickname', 'customer name', 'holder name', 'cardholder', 'contact name'],
  ...['birth date', 'birthday', 'date of birth', 'dob', 'gender', 'ssn', 'social security number', 'national id'],
  ...['tax id', 'vat id', 'passport', 'passport number', 'driving licence', 'drivers license'],
  ...['iban', 'account number', 'routing number', 'sort code', 'card number', 'cvc', 'cvv'],
  ...['address', 'addresses', 'address line', 'street', 'postal code', 'postcode', 'zip', 'zip code'],
  ...['ip', 'latitude', 'longitude'],
];

/** The fields that are masked in every line, whatever a definition adds. */
export const maskedFields: readonly string[] = [...credentials, ...personal];

/** Names that are remembered; whoever makes payloads makes names. */
const mostKnown = 2_000;

/**
 * Tells which names are masked: those of the list, in whatever style and number they are written, and those that end with one
 * (`customerEmail`, `X-Hub-Signature-256`, `ip_addresses`): the last word says what a thing is.
 */
export function maskedNames(list: readonly string[]): (name: string) => boolean {
  const masked = new Set(list.map((name) => wordsOf(name).join('')).filter((name) => name !== ''));
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const answer = endsMasked(wordsOf(name), masked);
    if (known.size < mostKnown) known.set(name, answer);
    return answer;
  };
}

function endsMasked(words: readonly string[], masked: ReadonlySet<string>): boolean {
  return words.some((_, from) => {
    const end = words.slice(from).join('');
    return masked.has(end) || (end.endsWith('s') && masked.has(end.slice(0, -1)));
  });
}

/** Of long names the end alone counts; numbers at the end count things of one kind. */
function wordsOf(name: string): string[] {
  return name
    .slice(-64)
    .replace(/[\d\s_.:-]+$/, '')
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
