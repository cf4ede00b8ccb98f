/**
 * Requests as a proxy hands them on, and what is read from them.
 *
 * In: what is trusted, the peer, headers. Out: what the request really was. Must not know what is expected.
 *
 * @module
 */
import { createProxyReader, type Forwarded } from '../../src/https/proxies.ts'

export type Headers = Readonly<Record<string, string>>

export const reader = (headers: Headers) => ({ get: (name: string) => headers[name.toLowerCase()] ?? null })
export const read = (trust: number | string[], address: string | null, headers: Headers, secure = false): Forwarded =>
  createProxyReader(trust)({ secure, address, headers: reader(headers) })

export const xff = (value: string) => ({ 'x-forwarded-for': value })
export const xfp = (value: string) => ({ 'x-forwarded-proto': value })
export const xfh = (value: string) => ({ 'x-forwarded-host': value })
export const fwd = (value: string) => ({ forwarded: value })

export type Row = readonly [
  what: string,
  trust: number | string[],
  address: string | null,
  Headers,
  expected: Partial<Forwarded>,
]
