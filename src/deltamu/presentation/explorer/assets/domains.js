for (const parameter of FACTS.parameters) if (parameter.high === null) parameter.high = Infinity;
