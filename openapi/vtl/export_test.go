package vtl

import "sort"

// classNames are those of the conformance table.
var classNames = map[class]string{
	classString: "String", classBoolean: "Boolean", classInteger: "Integer", classLong: "Long", classFloat: "Float",
	classDouble: "Double", classBigInteger: "BigInteger", classBigDecimal: "BigDecimal", classCharacter: "Character",
	classList: "List", classMap: "Map", classSet: "Set (of a map's keys or entries)", classCollection: "Collection (of a map's values)",
	classArray: "array", classEntry: "Map.Entry", classIterator: "Iterator", classScope: "$foreach", classClass: "Class",
}

// MethodsByClass lists the methods of each class, without those every class has.
func MethodsByClass() map[string][]string {
	table := map[string][]string{}
	for _, r := range methodTable {
		if len(r.on) == len(anyClass) {
			continue
		}
		for _, c := range r.on {
			table[classNames[c]] = append(table[classNames[c]], r.name+"("+r.params+")")
		}
	}
	for _, list := range table {
		sort.Strings(list)
	}
	return table
}
