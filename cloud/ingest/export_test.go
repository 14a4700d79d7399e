package ingest

// Finish is what Handle does with a statement that was stored before.
var Finish = (*Ingest).finish
