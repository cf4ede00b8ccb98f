import { mysqlPlaces } from '../support/places/mysql.ts'
import { tellEveryLawOn } from '../support/tell-on.ts'

tellEveryLawOn('mysql', await mysqlPlaces())
