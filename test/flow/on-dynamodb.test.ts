import { dynamodbPlaces } from '../support/places/dynamodb.ts'
import { tellEveryLawOn } from '../support/tell-on.ts'

tellEveryLawOn('dynamodb', await dynamodbPlaces())
