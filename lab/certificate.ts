/**
 * The certificate for https://localhost, made at the first start and again when it is about to end.
 *
 * In: a folder. Out: key and certificate as PEM, and where the authority is that signed it. The authority's own key is
 * never written: it signs this one certificate and is forgotten, so whoever trusts the authority trusts nothing else.
 */

import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCA, createCert } from 'mkcert'

const VALID_DAYS = 365
const DAY = 86_400_000
const RENEW_BEFORE = 14 * DAY

export interface ServerCertificate {
  readonly key: string
  readonly cert: string
  /** Path of the authority's certificate: what a browser is told to trust. */
  readonly authority: string
  /** Whether this start made it. */
  readonly isNew: boolean
}

/** The certificate in the folder; made if there is none, or if it ends within two weeks of `now` (milliseconds). */
export async function ensureCertificate(folder: string, now: number): Promise<ServerCertificate> {
  const tls = join(folder, 'tls')
  const paths = {
    key: join(tls, 'localhost.key'),
    cert: join(tls, 'localhost.crt'),
    authority: join(tls, 'authority.crt'),
  }
  const isNew = !isGood(paths, now)
  if (isNew) await makeCertificate(tls)
  return {
    key: readFileSync(paths.key, 'utf8'),
    cert: readFileSync(paths.cert, 'utf8'),
    authority: paths.authority,
    isNew,
  }
}

function isGood(paths: { key: string; cert: string; authority: string }, now: number): boolean {
  if (!Object.values(paths).every((path) => existsSync(path))) return false
  return Date.parse(new X509Certificate(readFileSync(paths.cert)).validTo) - now > RENEW_BEFORE
}

async function makeCertificate(tls: string): Promise<void> {
  const ca = await createCA({
    organization: 'sojourn lab (this computer only)',
    countryCode: 'EU',
    state: '-',
    locality: 'localhost',
    validity: VALID_DAYS,
  })
  const { key, cert } = await createCert({ ca, domains: ['localhost'], validity: VALID_DAYS })

  // Written beside and moved in one step: a start that is interrupted leaves no half of a pair behind.
  const fresh = `${tls}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true, mode: 0o700 })
  writeFileSync(join(fresh, 'localhost.key'), key, { mode: 0o600 })
  writeFileSync(join(fresh, 'localhost.crt'), cert)
  writeFileSync(join(fresh, 'authority.crt'), ca.cert)
  rmSync(tls, { recursive: true, force: true })
  renameSync(fresh, tls)
}
