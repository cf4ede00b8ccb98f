/**
 * A moment, for people and for machines.
 */

import { type Html, html } from '../html.ts'

const FOR_PEOPLE = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

const DAY_FOR_PEOPLE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' })

/** `at` in milliseconds since the epoch. */
export function time(at: number): Html {
  const date = new Date(at)
  return html`<time datetime="${date.toISOString()}">${FOR_PEOPLE.format(date)} UTC</time>`
}

/** `day` as 2031-04-05; what is no day is shown as it is. */
export function dayText(day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(at) ? day : DAY_FOR_PEOPLE.format(at)
}
