/** What it costs to be called. */
export async function handler(): Promise<{ readonly statusCode: number }> {
  return { statusCode: 200 };
}
