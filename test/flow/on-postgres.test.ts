import { postgresPlaces } from '../support/places/postgres.ts'
import { tellEveryLawOn } from '../support/tell-on.ts'

tellEveryLawOn('postgres', await postgresPlaces())
