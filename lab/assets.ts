/**
 * Stylesheet and pictures, under an address that changes when one of them does.
 *
 * In: the folder `public`. Out: addresses for pages, and a middleware that serves them. A browser may keep them for a
 * year, for another content has another address.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type RequestHandler } from 'express'

const FOLDER = fileURLToPath(new URL('public', import.meta.url))

export const ASSETS_PATH = `/assets/${versionOf(FOLDER)}`

export function assetUrl(file: string): string {
  return `${ASSETS_PATH}/${file}`
}

export function serveAssets(): RequestHandler {
  return express.static(FOLDER, { index: false, immutable: true, maxAge: '365d' })
}

function versionOf(folder: string): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(folder, file)))
  return hash.digest('base64url').slice(0, 12)
}
