/**
 * The rules of the three-step form: who, where, confirm.
 *
 * In: what was typed so far, finished or not, and the day. Out: what is wrong with it, and the first step that is
 * still open. A draft is kept as it was typed, so going back finds it. Pure.
 */

export interface TripDraft {
  readonly traveller?: string
  readonly people?: string
  readonly destination?: string
  /** As the browser's date field sends it: 2031-04-05. */
  readonly departure?: string
}

export interface BookedTrip extends Required<TripDraft> {
  readonly reference: string
}

export type Step = 1 | 2 | 3
export type TripErrors = Partial<Record<keyof TripDraft, string>>

export const DESTINATIONS: readonly { readonly id: string; readonly name: string; readonly text: string }[] = [
  { id: 'lisbon', name: 'Lisbon', text: 'Hills, tiles and the last tram' },
  { id: 'tromso', name: 'Tromsø', text: 'Snow, sea and northern lights' },
  { id: 'kyoto', name: 'Kyoto', text: 'Gardens that were raked this morning' },
]

export const MOST_PEOPLE = 9
const LONGEST_NAME = 60

/** What is wrong with one step of the draft; empty if nothing is. `today` as 2031-04-05. */
export function errorsOf(step: Step, draft: TripDraft, today: string): TripErrors {
  if (step === 1) return withoutGaps({ traveller: travellerError(draft), people: peopleError(draft) })
  if (step === 2) return withoutGaps({ destination: destinationError(draft), departure: departureError(draft, today) })
  return {}
}

/** The furthest step this draft may go to. */
export function firstOpenStep(draft: TripDraft, today: string): Step {
  for (const step of [1, 2] as const) {
    if (Object.keys(errorsOf(step, draft, today)).length > 0) return step
  }
  return 3
}

export function destinationName(id: string): string {
  return DESTINATIONS.find((destination) => destination.id === id)?.name ?? id
}

/** Seven letters and digits to read aloud: no 0 beside O, no 1 beside I. */
export function referenceFrom(bytes: Uint8Array): string {
  const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

function travellerError({ traveller = '' }: TripDraft): string | undefined {
  if (traveller === '') return 'Enter the name of the traveller'
  if (traveller.length > LONGEST_NAME) return `Enter a name of at most ${LONGEST_NAME} characters`
  return undefined
}

function peopleError({ people = '' }: TripDraft): string | undefined {
  if (people === '') return 'Enter how many people travel'
  const isCount = /^\d$/.test(people) && Number(people) >= 1
  return isCount ? undefined : `Enter a whole number from 1 to ${MOST_PEOPLE}`
}

function destinationError({ destination = '' }: TripDraft): string | undefined {
  return DESTINATIONS.some(({ id }) => id === destination) ? undefined : 'Choose where to go'
}

function departureError({ departure = '' }: TripDraft, today: string): string | undefined {
  if (departure === '') return 'Enter the day of departure'
  if (!isDay(departure)) return 'Enter a day that exists, such as 2031-04-05'
  // Days written year first compare as text.
  return departure < today ? 'Enter a day that is not over yet' : undefined
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  // 2031-02-30 parses in some engines and becomes March: only a day that prints as it was written exists.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function withoutGaps(errors: Record<string, string | undefined>): TripErrors {
  return Object.fromEntries(Object.entries(errors).filter(([, message]) => message !== undefined)) as TripErrors
}
