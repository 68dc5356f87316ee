print("rosey-llm")
