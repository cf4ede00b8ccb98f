/**
 * A Standard Schema by hand: `theme` is light or dark, and light where nothing was chosen; `visits` is a number, at first 0.
 *
 * @module
 */
import type { SessionsOptions } from '../../src/index.ts'

type Schema = NonNullable<SessionsOptions['schema']>

export const themeSchema = schemaOf((data) => {
  const { theme = 'light', visits = 0 } = data
  if (theme !== 'light' && theme !== 'dark') return { issues: [{ message: 'theme is neither light nor dark' }] }
  if (typeof visits !== 'number') return { issues: [{ message: 'visits is no number' }] }
  return { value: { ...data, theme, visits } }
})

/** The same judgement, given later: what sessions cannot wait for. */
export const slowSchema = schemaOf(async (data) => ({ value: data }))

export function schemaOf(validate: (data: Record<string, unknown>) => unknown): Schema {
  const standard = {
    version: 1,
    vendor: 'story',
    validate: (data: unknown) => validate(data as Record<string, unknown>),
  }
  return { '~standard': standard } as unknown as Schema
}
