/**
 * What the console says when the lab is up.
 */

import type { Mode, StoreName } from './args.ts'

export interface Started {
  readonly origin: string
  readonly httpPort: number
  readonly mode: Mode
  readonly store: StoreName
  readonly folder: string
  /** Path of the certificate of the authority. */
  readonly authority: string
  readonly isNew: boolean
}

const PLACES: Readonly<Record<StoreName, string>> = {
  sqlite: 'in lab.db, beside the users',
  memory: 'in memory: they end with the lab',
  file: 'in the folder sessions',
}

export function greeting({ origin, httpPort, mode, store, folder, authority, isNew }: Started): string {
  const sessions =
    mode === 'sealed'
      ? 'sealed: all of it is in the cookie'
      : `stored: a token in the cookie, the rest ${PLACES[store]}`
  return `
  Sojourn lab

  Open       ${origin}
  Redirects  http://localhost:${httpPort} leads there
  Sessions   ${sessions}
  Data       ${folder} (end the lab and delete it to begin anew)

  Your browser will warn you: nobody it knows has signed the certificate.${isNew ? ' It was made just now.' : ''}
  Go on past the warning, or make it trust ${authority}
  (lab/README.md says how, and why that is harmless).

  Ctrl-C ends the lab.
`
}
