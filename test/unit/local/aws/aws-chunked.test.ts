import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { isAwsChunked, unchunk } from '../../../../infra/local/aws/aws-chunked.ts';

const signature = `;chunk-signature=${'0'.repeat(64)}`;
const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('a body in AWS’s chunks', () => {
  test.each([
    [{ 'content-encoding': 'aws-chunked' }, true],
    [{ 'content-encoding': 'gzip,aws-chunked' }, true],
    [{ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }, true],
    [{ 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }, true],
    [{ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-encoding': 'gzip' }, false],
    [{}, false],
  ])('is known by its headers: %j', (headers, expected) => {
    expect(isAwsChunked(headers as Record<string, string>)).toBe(expected);
  });

  test('loses its chunks and their signatures, and keeps line ends that are its own', () => {
    const body = bytes(`5${signature}\r\nab\r\nc\r\nA${signature}\r\n0123456789\r\n0${signature}\r\n\r\n`);
    expect(unchunk({ 'x-amz-decoded-content-length': '15' }, body).body.toString()).toBe('ab\r\nc0123456789');
  });

  test('may be empty', () => {
    expect(unchunk({ 'x-amz-decoded-content-length': '0' }, bytes('0\r\n\r\n')).body).toHaveLength(0);
  });

  test('loses its own encoding and no other', () => {
    const encoded = (coding: string) => unchunk({ 'content-encoding': coding }, bytes('0\r\n\r\n')).headers;
    expect(encoded('aws-chunked')).toEqual({});
    expect(encoded('gzip, aws-chunked')).toEqual({ 'content-encoding': 'gzip' });
    expect(encoded('aws-chunked,br,gzip')).toEqual({ 'content-encoding': 'br,gzip' });
  });

  test('may have declared headers behind it', () => {
    const body = bytes('1\r\nx\r\n0\r\nx-amz-checksum-crc32:jNwWgw==\r\nx-amz-trailer-signature:00\r\n\r\n');
    const { headers } = unchunk({ 'x-amz-trailer': 'x-amz-checksum-crc32' }, body);
    expect(headers).toEqual({ 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-checksum-crc32': 'jNwWgw==' });
  });

  test.each([
    ['', 'IncompleteBody'],
    ['5\r\nhello', 'IncompleteBody'],
    ['5\r\nhello\r\n', 'IncompleteBody'],
    ['5\r\nhell\r\n0\r\n\r\n', 'IncompleteBody'],
    ['4\r\nhello\r\n0\r\n\r\n', 'IncompleteBody'],
    ['6\r\nhello!\r\n0\r\n\r\n', 'IncompleteBody'],
    ['-5\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['hello', 'IncompleteBody'],
    ['hello\r\n', 'InvalidRequest'],
    ['5\r\nhello\r\n0\r\nx-amz-meta-admin:1\r\n\r\n', 'MalformedTrailerError'],
    ['5\r\nhello\r\n0\r\nnonsense\r\n\r\n', 'MalformedTrailerError'],
  ])('is refused where it is not as declared: %j', (body, code) => {
    const headers = { 'x-amz-decoded-content-length': '5' };
    expect(() => unchunk(headers, bytes(body))).toThrow(expect.objectContaining({ code }));
  });

  test('is refused where a declared header does not come', () => {
    const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
    const incomplete = () => unchunk(headers, bytes('0\r\n\r\n'));
    expect(incomplete).toThrow(expect.objectContaining({ code: 'MalformedTrailerError' }));
  });
});
