/** A template that the embedded runtime cannot follow. The message names the stack, the place in it and the thing. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Where in a template something stands, as error messages begin. */
export type Place = string;

/** @example placeOf('nerite-dev-pipeline', 'resource Receiver') // 'stack nerite-dev-pipeline: resource Receiver' */
export function placeOf(stack: string, part: string): Place {
  return `stack ${stack}: ${part}`;
}
